"""A net is cut where one tensor alone leads on, so that what comes before can be computed once."""

import numpy as np
import pytest

from medcore import architectures
from medcore.training.starting import cut_before


@pytest.mark.parametrize(
    ("name", "layer", "shape"),
    [
        ("efficientnet_lite0", "logits", (1280,)),
        ("efficientnet_lite0", "dropout", (1280,)),
        ("efficientnet_lite0", "head_conv", (2, 2, 320)),
        ("efficientnet_lite0", "block15_expand_conv", (2, 2, 192)),
        ("textbook_cnn", "logits", (64,)),
        ("small_cnn", "conv3_conv", (16, 16, 32)),
    ],
)
def test_both_parts_of_a_cut_net_together_are_the_net(name, layer, shape):
    net = architectures.build(name, 3, (64, 64))
    cut = cut_before(net, layer)
    assert cut is not None
    assert cut.body.output.shape[1:] == shape
    assert not [each.name for each in cut.end.layers[1:] if each in cut.body.layers]
    pictures = np.random.default_rng(0).random((2, 64, 64, 1), np.float32)
    assert np.asarray(cut.end(cut.body(pictures))) == pytest.approx(np.asarray(net(pictures)), abs=1e-5)


@pytest.mark.parametrize("layer", ["", "rescaling", "stem_conv", "block14_add"])
def test_a_net_is_not_cut_where_more_than_one_tensor_leads_on_or_nothing_before_was_learnt(layer):
    assert cut_before(architectures.build("efficientnet_lite0", 2, (64, 64)), layer) is None


@pytest.mark.parametrize("layer", ["block14_depthwise_conv", "block14_project_conv"])
def test_a_net_is_not_cut_within_a_block_that_adds_its_input_again(layer):
    assert cut_before(architectures.build("efficientnet_lite0", 2, (64, 64)), layer) is None
