"""Thanos: where blocks are kept, what reads them, and what evaluates rules over them."""
