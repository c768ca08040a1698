"""Who may knock: the stack's own user pool with clients for machines and people."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.constructs.functions import ServiceFunction, removal
from infra.stage import Stage
from shared.auth import SCOPE_PREFIX
from shared.routes import Role

OPS_SCOPE = "ops"
PEOPLE_CLIENT = "people"
STAFF_TOKEN = cdk.Duration.hours(1)
MACHINE_TOKEN = cdk.Duration.hours(1)
GROUPS = tuple(role.value for role in Role if role is not Role.CHANNEL)


def channel_scope(channel: str) -> str:
    """The scope by which a machine acts for a channel."""
    return f"channel.{channel}"


class Identity(Construct):
    """Machines get a client and a scope each (`throughline/ops`, `throughline/channel.<name>`); people a group, and the
    attributes `locations` and `customer_id` that only administrators write. The token function turns both into claims.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, token: ServiceFunction) -> None:
        super().__init__(scope, id_)
        self.pool = cognito.UserPool(
            self,
            "People",
            feature_plan=cognito.FeaturePlan.ESSENTIALS,
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(username=True),
            custom_attributes={
                "locations": cognito.StringAttribute(mutable=True, max_len=2048),
                "customer_id": cognito.StringAttribute(mutable=True, max_len=64),
            },
            password_policy=cognito.PasswordPolicy(
                min_length=12, require_lowercase=True, require_uppercase=True, require_digits=True, require_symbols=True
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.NONE,
            deletion_protection=stage.keeps_data,
            removal_policy=removal(stage),
        )
        self.pool.add_trigger(cognito.UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, token, cognito.LambdaVersion.V3_0)
        scopes = {
            name: cognito.ResourceServerScope(scope_name=name, scope_description=meaning)
            for name, meaning in {
                OPS_SCOPE: "Everything",
                **{channel_scope(name): f"Sell as the channel {name}" for name in stage.channels},
            }.items()
        }
        server = self.pool.add_resource_server("Api", identifier=SCOPE_PREFIX.rstrip("/"), scopes=list(scopes.values()))
        machines = [self._machine(name, server, scope) for name, scope in scopes.items()]
        self.client_ids = [client.user_pool_client_id for client in [*machines, self._people(stage)]]
        for group in GROUPS:
            cognito.CfnUserPoolGroup(self, f"Group-{group}", user_pool_id=self.pool.user_pool_id, group_name=group)
        self.domain = self.pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(domain_prefix=f"{stage.prefix.lower()}-{cdk.Aws.ACCOUNT_ID}"),
        )

    @property
    def issuer(self) -> str:
        """The `iss` of the pool's tokens."""
        # Written out: the emulator does not know the pool's attribute ProviderURL.
        return f"https://cognito-idp.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}/{self.pool.user_pool_id}"

    def _machine(
        self, name: str, server: cognito.UserPoolResourceServer, scope: cognito.ResourceServerScope
    ) -> cognito.UserPoolClient:
        return self.pool.add_client(
            f"Machine-{name.replace('.', '-')}",
            user_pool_client_name=name,
            generate_secret=True,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(client_credentials=True),
                scopes=[cognito.OAuthScope.resource_server(server, scope)],
            ),
            access_token_validity=MACHINE_TOKEN,
            enable_token_revocation=True,
        )

    def _people(self, stage: Stage) -> cognito.UserPoolClient:
        # Without a list of its own, a client may write every attribute: anybody could make themselves another customer.
        standard = cognito.ClientAttributes()
        return self.pool.add_client(
            "PeopleClient",
            user_pool_client_name=PEOPLE_CLIENT,
            auth_flows=cognito.AuthFlow(user_srp=True, user_password=stage.testing, admin_user_password=False),
            disable_o_auth=True,
            access_token_validity=STAFF_TOKEN,
            refresh_token_validity=cdk.Duration.hours(12),
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
            write_attributes=standard.with_standard_attributes(locale=True, timezone=True),
        )
