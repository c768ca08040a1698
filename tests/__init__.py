"""Tests: unit, component, flows, contracts, packaging, infra, e2e, faults, bench."""
