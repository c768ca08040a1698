"""Paper for the floor: labels, packing slips, pick lists and manifests as PDF, ZPL and CSV. Imported only to print."""
