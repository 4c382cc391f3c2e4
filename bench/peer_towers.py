"""The training step of the towers of bench/nets.ts in PyTorch, timed.

usage: peer_towers.py VARIANT NET BATCH THREADS SECONDS      prints one JSON line {variant, ms: [...]}
VARIANT: plain, channels_last, compile.  NET: alexnet, resnet50
"""
import json
import sys
import time

import torch
import torch.nn as nn


def alexnet():
    relu = lambda: nn.ReLU(inplace=True)
    lrn = lambda: nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75)
    pool = lambda: nn.MaxPool2d(3, 2, ceil_mode=True)
    return 227, nn.Sequential(
        nn.Conv2d(3, 96, 11, stride=4), relu(), lrn(), pool(),
        nn.Conv2d(96, 256, 5, padding=2, groups=2), relu(), lrn(), pool(),
        nn.Conv2d(256, 384, 3, padding=1), relu(),
        nn.Conv2d(384, 384, 3, padding=1, groups=2), relu(),
        nn.Conv2d(384, 256, 3, padding=1, groups=2), relu(), pool(), nn.Flatten(),
        nn.Linear(9216, 4096), relu(), nn.Linear(4096, 4096), relu(), nn.Linear(4096, 128))


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, stride, project):
        super().__init__()
        normalised = lambda i, o, k, s=1: nn.Sequential(
            nn.Conv2d(i, o, k, stride=s, padding=k // 2, bias=False), nn.BatchNorm2d(o))
        self.main = nn.Sequential(
            normalised(inputs, width, 1), nn.ReLU(inplace=True), normalised(width, width, 3, stride),
            nn.ReLU(inplace=True), normalised(width, 4 * width, 1))
        self.shortcut = normalised(inputs, 4 * width, 1, stride) if project else nn.Identity()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.main(x) + self.shortcut(x))


def resnet50():
    layers = [nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True),
              nn.MaxPool2d(3, 2, ceil_mode=True)]
    inputs = 64
    for stage, (blocks, width) in enumerate([(3, 64), (4, 128), (6, 256), (3, 512)]):
        for block in range(blocks):
            layers.append(Bottleneck(inputs, width, 2 if block == 0 and stage > 0 else 1, block == 0))
            inputs = 4 * width
    return 224, nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 128))


def main():
    variant, name, batch, threads, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
    torch.set_num_threads(threads)
    torch.manual_seed(1701)
    size, net = {'alexnet': alexnet, 'resnet50': resnet50}[name]()
    images, target = torch.full((batch, 3, size, size), 0.5), torch.ones(batch, 128)
    if variant == 'channels_last':
        net, images = net.to(memory_format=torch.channels_last), images.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.0001, momentum=0.9)

    def step():
        loss = ((net(images) - target) ** 2).sum() / (2 * batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    run = torch.compile(step) if variant == 'compile' else step
    run()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({'variant': variant, 'ms': times}))


main()
