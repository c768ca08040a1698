"""The deployed stack over HTTP: real tokens, real permissions, real streams and queues."""
