"""The supports of the tests, tested where a test leans on them."""
