"""Event contracts: one class per detail-type; publisher, rule, consumer, docs and golden schema all use it."""
