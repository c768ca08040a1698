"""The stack in CDK, and the command line that runs it here or on AWS."""
