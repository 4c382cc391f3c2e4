# Expected values of test/match/metrics.json, by scikit-learn: python3 metrics.py > metrics.json (Debian: python3-sklearn).
# The data are made by a small generator that the tests have as well, so that nothing has to be stored.
import json

import numpy as np
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score, roc_auc_score, roc_curve
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid

N, D, CLASSES = 300, 4, 6


def numbers(count, seed):
    state, out = seed, []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        out.append(state / 2**31)
    return np.array(out)


def data(seed):
    classes = np.arange(N) % CLASSES
    noise = numbers(N * D, seed).reshape(N, D)
    centres = numbers(CLASSES * D, 7).reshape(CLASSES, D)
    return (noise + centres[classes]).astype(np.float32).astype(np.float64), classes


x, y = data(1)
train_x, train_y = data(2)
i, j = np.triu_indices(N, 1)
distance = np.sqrt(((x[i] - x[j]) ** 2).sum(1))
same = (y[i] == y[j]).astype(int)
far, tar, _ = roc_curve(same, -distance, drop_intermediate=False)
eer = brentq(lambda f: 1 - f - interp1d(far, tar)(f), 0, 1)
balanced = ((tar + 1 - far) / 2).max()

order = [sorted((float(((x[a] - x[b]) ** 2).sum()), b) for b in range(N) if b != a) for a in range(N)]
hits = np.array([[y[b] == y[a] for _, b in order[a]] for a in range(N)])
relevant = N // CLASSES - 1
top = hits[:, :relevant]
precision = np.cumsum(top, 1) / np.arange(1, relevant + 1)

k_means = KMeans(CLASSES, n_init=200, random_state=0, tol=0, max_iter=1000).fit(x)
found = (np.arange(N) * 7 % 11) % 5
unknown = y >= 4
means = np.array([train_x[train_y == c].mean(0) for c in range(4)])
nearest = np.sqrt(((x[:, None] - means[None]) ** 2).sum(2)).min(1)

print(
    json.dumps(
        {
            "auc": roc_auc_score(same, -distance),
            "eer": eer,
            "balanced": balanced,
            "recall": [float(hits[:, :k].any(1).mean()) for k in (1, 5, 10)],
            "map_at_r": float((precision * top).sum(1).mean() / relevant),
            "r_precision": float(top.mean()),
            "nmi": normalized_mutual_info_score(y, found),
            "ami": adjusted_mutual_info_score(y, found),
            "ami_close": adjusted_mutual_info_score(y, np.where(numbers(N, 9) < 0.1, 0, y)),
            "inertia": float(k_means.inertia_),
            "k_means_nmi": normalized_mutual_info_score(y, k_means.labels_),
            "k_means_ami": adjusted_mutual_info_score(y, k_means.labels_),
            "knn5": float(KNeighborsClassifier(5).fit(train_x, train_y).score(x, y)),
            "centroid": float(NearestCentroid().fit(train_x, train_y).score(x, y)),
            "open_set_auc": roc_auc_score(~unknown, -nearest),
        },
        indent=2,
    )
)
