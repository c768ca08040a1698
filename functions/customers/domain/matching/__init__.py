"""Is this the same person? Normal forms, blocking keys, evidence in bits, household rules, and the verdict."""
