"""What one writes with Keras: `python -m benchmarks.keras_loop FOLDER PIXELS EPOCHS cached|uncached` prints epochs' seconds.

`image_dataset_from_directory`, `cache`, `prefetch`, `compile` and `fit`, with all of their defaults, on a folder a class.
"""

import json
import sys
import time

from medcore import architectures

BATCH = 32


def epoch_seconds(folder: str, pixels: int, epochs: int, kept: str) -> list[float]:
    """The seconds of each epoch of `textbook_cnn` on grey pictures of so many pixels a side."""
    import keras
    import tensorflow as tf

    size = {"color_mode": "grayscale", "image_size": (pixels, pixels), "batch_size": BATCH}
    films = keras.utils.image_dataset_from_directory(folder, verbose=False, **size)
    films = films.map(lambda pictures, truth: (pictures / 255, truth))
    if kept == "cached":
        films = films.cache()
    films = films.prefetch(tf.data.AUTOTUNE)
    net = architectures.build("textbook_cnn", 2, (pixels, pixels))
    net.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    starts, ends = [], []
    clock = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: starts.append(time.perf_counter()),
        on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()),
    )
    net.fit(films, epochs=epochs, verbose=0, callbacks=[clock])
    return [end - start for start, end in zip(starts, ends, strict=True)]


if __name__ == "__main__":
    print(json.dumps(epoch_seconds(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
