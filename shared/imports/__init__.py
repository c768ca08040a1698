"""Bulk import: files of rows, uploaded to a bucket, worked off in slices that may be repeated."""
