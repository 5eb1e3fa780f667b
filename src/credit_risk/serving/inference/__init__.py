"""The Open Inference Protocol v2 over REST, so that stock clients can ask the model; keys and scenes hold here too."""

from credit_risk.serving.inference.routes import router

__all__ = ["router"]
