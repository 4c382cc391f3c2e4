"""The siamese MNIST step in PyTorch, timed: what bench/train.ts runs in alternation with ours.

usage: peer_torch.py VARIANT PAIRS THREADS SECONDS      prints one JSON line {variant, pairs, threads, ms: [...]}
VARIANT: towers (two tower calls), batch (both images in one batch), channels_last (the same, NHWC), compile
Weights, data and loss are those of models/siamese_mnist: SGD with momentum, contrastive loss, pairs from memory.
"""
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


def tower():
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10), nn.Linear(10, 2))


def contrastive(a, b, same, margin):
    distance = (a - b).norm(dim=1)
    return (same * distance ** 2 + (1 - same) * F.relu(margin - distance) ** 2).sum() / (2 * a.shape[0])


def main():
    variant, pairs, threads, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    torch.set_num_threads(threads)
    torch.manual_seed(1701)
    net = tower()
    images = torch.randint(0, 256, (10000, 1, 28, 28), dtype=torch.uint8)
    labels = torch.randint(0, 10, (10000,))
    if variant == 'channels_last':
        net = net.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)

    def step(picked):
        x = images[picked].float() * 0.00390625
        a, b = picked[:pairs], picked[pairs:]
        same = (labels[a] == labels[b]).float()
        if variant == 'channels_last':
            x = x.contiguous(memory_format=torch.channels_last)
        if variant == 'towers':
            ea, eb = net(x[:pairs]), net(x[pairs:])
        else:
            ea, eb = net(x).split(pairs)
        loss = contrastive(ea, eb, same, 2.0)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    run = torch.compile(step) if variant == 'compile' else step
    draw = lambda: torch.randint(0, 10000, (2 * pairs,))
    for _ in range(10):
        run(draw())
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        picked = draw()
        start = time.perf_counter()
        run(picked)
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({'variant': variant, 'pairs': pairs, 'threads': threads, 'ms': times}))


if __name__ == '__main__':
    main()
