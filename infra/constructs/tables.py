"""DynamoDB tables: keys, indexes, protection, and grants that name each action."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.functions import removal
from infra.stage import Stage

TTL_ATTRIBUTE = "ttl"
RECOVERY_DAYS = 35

_READ = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem")
_WRITE = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem")


class ServiceTable(dynamodb.Table):
    """A table with the keys `pk` and `sk`, indexes `gsi1`..`gsiN` over `gsiNpk` and `gsiNsk`, and expiry by `ttl`.

    `keys_only` indexes hold no more than keys: a write that moves no key costs nothing there. On demand, encrypted,
    recoverable to any second of 35 days; where the stage keeps data it cannot be deleted.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        stage: Stage,
        indexes: int = 0,
        stream: bool = False,
        keys_only: bool = False,
    ) -> None:
        super().__init__(
            scope,
            id_,
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=RECOVERY_DAYS
            ),
            time_to_live_attribute=TTL_ATTRIBUTE,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if stream else None,
            deletion_protection=stage.keeps_data,
            removal_policy=removal(stage),
        )
        for number in range(1, indexes + 1):
            self.add_global_secondary_index(
                index_name=f"gsi{number}",
                partition_key=_text(f"gsi{number}pk"),
                sort_key=_text(f"gsi{number}sk"),
                projection_type=dynamodb.ProjectionType.KEYS_ONLY if keys_only else dynamodb.ProjectionType.ALL,
            )

        self._indexes = [f"{self.table_arn}/index/gsi{number}" for number in range(1, indexes + 1)]

    def allow_reading(self, grantee: iam.IGrantable) -> None:
        """By key and by query; never a scan."""
        self._allow(grantee, _READ)

    def allow_reading_and_writing(self, grantee: iam.IGrantable) -> None:
        """By key and by query; never a scan, never the table itself."""
        self._allow(grantee, (*_READ, *_WRITE))

    def _allow(self, grantee: iam.IGrantable, actions: tuple[str, ...]) -> None:
        # Not `grant`: it would name every index that will ever be by a wildcard.
        iam.Grant.add_to_principal(grantee=grantee, actions=list(actions), resource_arns=[self.table_arn])
        if self._indexes:
            iam.Grant.add_to_principal(grantee=grantee, actions=["dynamodb:Query"], resource_arns=self._indexes)


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
