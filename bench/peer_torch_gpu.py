"""The siamese MNIST step in PyTorch on a GPU, timed: what bench/gpu.ts runs in alternation with ours.

usage: peer_torch_gpu.py VARIANT PAIRS PRECISION SECONDS    prints one JSON line {variant, pairs, precision, ms: [...]}
VARIANT: eager, compile (torch.compile of the whole step), graph (the whole step captured in a CUDA graph by hand)
PRECISION: fp32 or tf32. Weights, data and loss are those of models/siamese_mnist: SGD with momentum, contrastive loss,
both images of a pair in one batch; records, labels and the numbers of the records are in GPU memory. Each entry of ms is
the mean over STRETCH steps, between two waits for the GPU.
"""
import json
import sys
import time

import torch

from peer_torch import contrastive, tower

STRETCH = 200


def captured(step, picked):
    """The step as a graph that reads its record numbers from `picked`, after warm-up on a stream of its own."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step(picked)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step(picked)
    return graph


def main():
    variant, pairs, precision, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == 'tf32'
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(1701)
    device = torch.device('cuda')
    net = tower().to(device)
    images = torch.randint(0, 256, (60000, 1, 28, 28), dtype=torch.uint8, device=device)
    labels = torch.randint(0, 10, (60000,), device=device)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, fused=True)

    def step(picked):
        optimizer.zero_grad(set_to_none=variant != 'graph')
        x = images[picked].float() * 0.00390625
        a, b = picked[:pairs], picked[pairs:]
        same = (labels[a] == labels[b]).float()
        ea, eb = net(x).split(pairs)
        loss = contrastive(ea, eb, same, 2.0)
        loss.backward()
        optimizer.step()

    orders = torch.randint(0, 60000, (STRETCH, 2 * pairs), device=device)
    picked = orders[0].clone()
    if variant == 'graph':
        graph = captured(step, picked)

        def run(i):
            picked.copy_(orders[i])
            graph.replay()
    else:
        whole = torch.compile(step) if variant == 'compile' else step

        def run(i):
            whole(orders[i])

    for i in range(20):
        run(i)
    torch.cuda.synchronize()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        for i in range(STRETCH):
            run(i)
        torch.cuda.synchronize()
        times.append((time.perf_counter() - start) * 1e3 / STRETCH)
    print(json.dumps({'variant': variant, 'pairs': pairs, 'precision': precision, 'ms': times}))


main()
