"""Karpenter: its controller, what it is permitted, how it learns of interruptions, and its nodes."""
