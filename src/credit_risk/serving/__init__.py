"""The service: typed API, keys and scenes, audit, and the BentoML service that carries them."""
