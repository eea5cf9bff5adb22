"""A step: optimizer, learning rate and loss as a spec says, and the traced function that takes several steps in one call."""

from collections.abc import Callable
from typing import Any

import numpy as np

from medcore.jobs import Stage, TrainingSpec

SMOOTHING = 0.05  # label smoothing: some of the labels are wrong
FOCUS = 2.0  # the focal loss' gamma
DECAY, MOMENTUM = 1e-4, 0.9
_WARM_UP = 0.1

Steps = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], Any]
"""Inputs (k, b, …), truth and weights (k, b), learning rates (k,) to the sum of the films' losses."""


def optimizer_of(spec: TrainingSpec, stage: Stage) -> Any:
    """A fresh optimizer, which keeps the weights' running average where the spec says so; SGD is with momentum."""
    import keras

    average = {"use_ema": True, "ema_momentum": spec.average} if spec.average else {}
    if spec.optimizer == "sgd":
        return keras.optimizers.SGD(stage.learning_rate, momentum=MOMENTUM, **average)
    if spec.optimizer == "adam":
        return keras.optimizers.Adam(stage.learning_rate, **average)
    return keras.optimizers.AdamW(stage.learning_rate, weight_decay=DECAY, **average)


def learning_rate(schedule: str, stage: Stage, epochs_done: float) -> float:
    """The stage's own, or "cosine": a warm-up over its first tenth, then half a cosine to 1 % (Loshchilov & Hutter 2017)."""
    if schedule == "constant":
        return stage.learning_rate
    done = min(epochs_done / stage.epochs, 1.0)
    if done < _WARM_UP:
        return stage.learning_rate * max(done / _WARM_UP, 0.02)
    return float(stage.learning_rate * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * (done - _WARM_UP) / (1 - _WARM_UP)))))


def losses(kind: str, logits: Any, truth: Any, labels: int) -> Any:
    """Each film's loss (b,) for logits (b, labels): cross-entropy with smoothed labels, or focal (Lin et al. 2017) of them."""
    import tensorflow as tf

    wanted = tf.one_hot(truth, labels) * (1 - SMOOTHING) + SMOOTHING / labels
    if kind == "focal":
        logs = tf.nn.log_softmax(logits)
        return -tf.reduce_sum(wanted * (1 - tf.exp(logs)) ** FOCUS * logs, axis=-1)
    return tf.nn.softmax_cross_entropy_with_logits(wanted, logits)


def steps_of(graph: Any, variables: list, optimizer: Any, kind: str) -> Steps:
    """The function that takes a block's steps in the graph, without coming back to Python between them."""
    import tensorflow as tf

    labels = graph.output.shape[-1]

    def step(inputs: Any, truth: Any, weights: Any) -> Any:
        watched = [variable.value for variable in variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(watched)
            each = weights * losses(kind, graph(inputs, training=True), truth, labels)
            loss = tf.reduce_mean(each)
        optimizer.apply(tape.gradient(loss, watched), variables)
        return tf.reduce_sum(each)

    block = (None, None)
    signature = [tf.TensorSpec((*block, *graph.input.shape[1:])), tf.TensorSpec(block, tf.int64), tf.TensorSpec(block)]

    @tf.function(input_signature=[*signature, tf.TensorSpec((None,))])
    def steps(inputs: Any, truth: Any, weights: Any, rates: Any) -> Any:
        total = tf.zeros(())
        for number in tf.range(tf.shape(rates)[0]):
            optimizer.learning_rate.assign(rates[number])
            total += step(inputs[number], truth[number], weights[number])
        return total

    return steps
