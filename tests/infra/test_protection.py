"""Data at rest, on the way, and after the stack is gone."""

from __future__ import annotations

import pytest

from infra.constructs.identity import GROUPS
from infra.stage import STAGES, Stage, UnknownStage, stage_named
from shared.routes import Role
from tests.infra.templates import Templates


def test_every_table_is_encrypted_recoverable_and_expires_by_ttl(any_stage: Templates) -> None:
    tables = any_stage.resources("AWS::DynamoDB::Table")
    assert len(tables) >= 6
    for table in tables:
        assert table.properties["SSESpecification"] == {"SSEEnabled": True}, table.name
        recovery = table.properties["PointInTimeRecoverySpecification"]
        assert recovery == {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}, table.name
        assert table.properties["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}, table.name
        assert table.properties["BillingMode"] == "PAY_PER_REQUEST", table.name


def test_what_a_stage_keeps_outlives_its_stack(prod: Templates) -> None:
    for resource in prod.resources("AWS::DynamoDB::Table", "AWS::Cognito::UserPool", "AWS::Logs::LogGroup"):
        assert resource.deletion_policy == "Retain", resource.name
    for table in prod.resources("AWS::DynamoDB::Table"):
        assert table.properties["DeletionProtectionEnabled"] is True, table.name
    (pool,) = prod.resources("AWS::Cognito::UserPool")
    assert pool.properties["DeletionProtection"] == "ACTIVE"


def test_a_testing_stage_leaves_nothing_behind(local: Templates) -> None:
    for resource in local.resources("AWS::DynamoDB::Table", "AWS::Cognito::UserPool", "AWS::Logs::LogGroup"):
        assert resource.deletion_policy == "Delete", resource.name


def test_queues_are_encrypted_and_take_no_plain_connection(any_stage: Templates) -> None:
    policies = any_stage.resources("AWS::SQS::QueuePolicy")
    for queue in any_stage.resources("AWS::SQS::Queue"):
        assert queue.properties["SqsManagedSseEnabled"] is True, queue.name
        statements = [
            statement
            for policy in policies
            if policy.stack == queue.stack and {"Ref": queue.logical_id} in policy.properties["Queues"]
            for statement in policy.properties["PolicyDocument"]["Statement"]
        ]
        assert any(
            statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for statement in statements
        ), queue.name


def test_buckets_are_encrypted_private_and_forget_and_take_no_plain_connection(any_stage: Templates) -> None:
    buckets = any_stage.resources("AWS::S3::Bucket")
    assert buckets
    for bucket in buckets:
        properties = bucket.properties
        (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}, bucket.name
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}, bucket.name
        (lifecycle,) = properties["LifecycleConfiguration"]["Rules"]
        assert (lifecycle["ExpirationInDays"], lifecycle["Status"]) == (4, "Enabled"), bucket.name
        assert "VersioningConfiguration" not in properties, "what is deleted is gone"
        statements = [
            statement
            for policy in any_stage.resources("AWS::S3::BucketPolicy", stack=bucket.stack)
            if policy.properties["Bucket"] == {"Ref": bucket.logical_id}
            for statement in policy.properties["PolicyDocument"]["Statement"]
        ]
        assert [(one["Effect"], one["Condition"]) for one in statements] == [
            ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        ], bucket.name


def test_every_log_forgets(any_stage: Templates) -> None:
    groups = any_stage.resources("AWS::Logs::LogGroup")
    assert len(groups) == len(any_stage.resources("AWS::Lambda::Function")) + 1
    for group in groups:
        assert 0 < group.properties["RetentionInDays"] <= 90, group.name
    for function in any_stage.resources("AWS::Lambda::Function"):
        assert function.properties["LoggingConfig"]["LogGroup"], function.name


JOBS = frozenset({"functions.fulfilment.pricer.handler", "functions.fulfilment.optimiser.handler"})
"""Only a schedule calls them, nobody waits."""


def test_functions_run_on_the_newest_runtime_and_on_arm(any_stage: Templates) -> None:
    for function in any_stage.resources("AWS::Lambda::Function"):
        assert function.properties["Runtime"] == "python3.14", function.name
        assert function.properties["Architectures"] == ["arm64"], function.name
        alone = function.properties["Handler"] in JOBS
        assert function.properties["Timeout"] <= (900 if alone else 60), function.name
        assert "ReservedConcurrentExecutions" not in function.properties, function.name


def test_nobody_can_make_themselves_somebody_else(any_stage: Templates) -> None:
    (pool,) = any_stage.resources("AWS::Cognito::UserPool")
    assert pool.properties["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    for client in any_stage.resources("AWS::Cognito::UserPoolClient"):
        if not client.properties.get("GenerateSecret"):
            assert not any(name.startswith("custom:") for name in client.properties["WriteAttributes"])


def test_each_channel_has_a_client_of_its_own_with_one_scope(prod: Templates) -> None:
    machines = {
        client.properties["ClientName"]: client.properties
        for client in prod.resources("AWS::Cognito::UserPoolClient")
        if client.properties.get("GenerateSecret")
    }
    assert machines.keys() == {"ops", *(f"channel.{name}" for name in stage_named("prod").channels)}
    for name, client in machines.items():
        assert client["AllowedOAuthFlows"] == ["client_credentials"], name
        (scope,) = client["AllowedOAuthScopes"]
        assert str(scope).endswith(f"/{name}']]}}"), name


def test_passwords_are_sent_only_where_the_stage_is_for_testing(local: Templates, prod: Templates) -> None:
    assert "ALLOW_USER_PASSWORD_AUTH" in str(local.resources("AWS::Cognito::UserPoolClient"))
    assert "ALLOW_USER_PASSWORD_AUTH" not in str(prod.resources("AWS::Cognito::UserPoolClient"))


def test_people_have_a_group_for_each_of_their_roles(any_stage: Templates) -> None:
    groups = {group.properties["GroupName"] for group in any_stage.resources("AWS::Cognito::UserPoolGroup")}
    assert groups == set(GROUPS) == set(Role) - {Role.CHANNEL}


def test_the_archive_keeps_no_personal_data(any_stage: Templates) -> None:
    (archive,) = any_stage.resources("AWS::Events::Archive")
    kept = archive.properties["EventPattern"]["detail-type"]
    assert "OrderPlaced.v1" in kept
    assert not {"OrderContactGiven.v1", "ReadyForPickup.v1"} & set(kept)


def test_every_testing_stage_says_that_it_keeps_nothing() -> None:
    assert all(stage.testing != stage.keeps_data for stage in STAGES)


def test_a_stage_nobody_described_is_refused_with_those_that_are() -> None:
    with pytest.raises(UnknownStage, match="local, test, staging, prod"):
        stage_named("live")


def test_an_identity_provider_of_the_retailers_own_is_a_setting() -> None:
    stage = Stage(name="x", testing=False, keeps_data=True, issuer="https://id.example.com", audience=("throughline",))
    assert stage.prefix == "Throughline-x"
