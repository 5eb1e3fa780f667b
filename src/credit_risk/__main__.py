"""``python -m credit_risk`` is ``credit-risk``, where the package is on the path and not installed."""

from credit_risk.cli import main

main()
