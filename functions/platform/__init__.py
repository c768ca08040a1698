"""What belongs to no capability: health, the OpenAPI document, the testing clock, the claims of tokens."""
