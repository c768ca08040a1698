"""Promises and plumbing that every service shares; never a business rule."""
