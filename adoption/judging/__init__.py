"""Plans the adopted stacks before anything is written."""
