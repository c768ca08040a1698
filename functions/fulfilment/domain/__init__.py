"""Pure rules of fulfilment: no clock, no network, no AWS."""
