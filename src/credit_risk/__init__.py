"""The credit-risk engine of a trade zone."""
