"""Values of the chart that users give themselves, and what they may not say."""
