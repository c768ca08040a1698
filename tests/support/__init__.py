"""What tests share: AWS in process, a gateway, a bus."""
