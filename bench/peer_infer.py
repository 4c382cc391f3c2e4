"""Encoding with the tower of models/siamese_mnist in PyTorch, timed.

usage: peer_infer.py encode BATCH THREADS    10,000 images in memory, channels_last; prints one JSON line {variant, ms: [...]}
       peer_infer.py one IMAGE               one image, to be timed from outside: reads it, encodes it, prints the encoding
"""
import json
import sys
import time

import torch
import torch.nn as nn


def tower():
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10), nn.Linear(10, 2)).eval().to(memory_format=torch.channels_last)


@torch.inference_mode()
def encode(batch, threads):
    torch.set_num_threads(threads)
    net = tower()
    images = torch.randint(0, 256, (10000, 1, 28, 28), dtype=torch.uint8)
    times = []
    for _ in range(6):
        start = time.perf_counter()
        for at in range(0, 10000, batch):
            x = images[at:at + batch].float() * 0.00390625
            net(x.contiguous(memory_format=torch.channels_last))
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({'variant': f'torch {batch}', 'ms': times[1:]}))


@torch.inference_mode()
def one(file):
    data = open(file, 'rb').read()
    # The picture's own pixels do not matter to the clock; without a library for PNG its bytes stand for them.
    pixels = torch.tensor(list((data * (784 // len(data) + 1))[:784]), dtype=torch.float32).reshape(1, 1, 28, 28)
    print(tower()(pixels * 0.00390625))


if sys.argv[1] == 'encode':
    encode(int(sys.argv[2]), int(sys.argv[3]))
else:
    one(sys.argv[2])
