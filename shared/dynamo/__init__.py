"""DynamoDB: access to one table, stored documents, idempotent commands."""
