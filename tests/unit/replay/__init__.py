"""Tests of the replay without a stack."""
