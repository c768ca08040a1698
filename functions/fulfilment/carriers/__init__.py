"""Carriers behind one port: what fulfilment needs of any of them, and the built-in sandbox."""
