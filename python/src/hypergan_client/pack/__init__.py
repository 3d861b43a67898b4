"""Checkpoints of ensembles that somebody else trained, for hypergan-server.

`ensemble` takes the state dicts of one network, `mc_dropout` a network with dropout
layers, `last_layer_laplace` a network and its training rows. The repository's
docs/bring-your-own-model.md has an example of each.
"""

from hypergan_client.pack.dropout import mc_dropout
from hypergan_client.pack.laplace import last_layer_laplace
from hypergan_client.pack.members import ensemble

__all__ = ["ensemble", "last_layer_laplace", "mc_dropout"]
