"""gRPC: a servicer of a service that was generated from a description."""
