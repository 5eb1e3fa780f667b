"""Judge models: metrics with intervals, backtests, results and reports."""
