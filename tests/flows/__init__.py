"""Several services in one process, joined as the template joins them; delivery as unkind as it gets."""
