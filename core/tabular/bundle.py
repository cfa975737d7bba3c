"""How the bundled tables and weights came about: `python -m core.tabular.bundle`.

It takes the tables from scikit-learn, trains the three models on each, says how well they do on the
rows held out, and writes assets/data and assets/weights/shapley.npz.
"""

import numpy as np
import torch

from core.tabular import models
from core.tabular.data import DATA, FOLDER, data, split, strongest
from core.tabular.training import fit

CLINIC = (
    "age, sex, BMI, blood pressure, cholesterol, LDL, HDL, cholesterol/HDL, log triglycerides, "
    "glucose"
)
UNITS = {"age": "years", "BMI": "kg/m²", "blood pressure": "mmHg", "alcohol": "%"} | dict.fromkeys(
    ("cholesterol", "LDL", "HDL", "glucose"), "mg/dl"
)
CELLS = (
    "radius, texture, perimeter, area, smoothness, compactness, concavity, concave points, "
    "symmetry, fractal dimension"
)
WINE = (
    "alcohol, malic acid, ash, alcalinity of ash, magnesium, phenols, flavanoids, nonflavanoid "
    "phenols, proanthocyanins, colour intensity, hue, OD280/OD315, proline"
)


def tables() -> dict[str, dict]:
    """The three tables as they are stored.

    Wine keeps the ten columns most correlated with y over the rows learned from.
    """
    from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

    X, y = load_diabetes(return_X_y=True, scaled=False)
    made = {"diabetes": _table(X, y, CLINIC.split(", "), "disease progression after one year")}
    X, y = load_breast_cancer(return_X_y=True)
    made["breast_cancer"] = _table(X[:, :10], y == 0, CELLS.split(", "), "tumour is malignant")
    X, y = load_wine(return_X_y=True)
    cultivar = torch.from_numpy(y == 0).double()
    learned = split(cultivar, "probability")["train"]
    best = strongest(torch.from_numpy(X)[learned], cultivar[learned]).tolist()
    columns = [WINE.split(", ")[j] for j in best]
    made["wine"] = _table(X[:, best], y == 0, columns, "wine is cultivar 1")
    return made


def _table(X: np.ndarray, y: np.ndarray, names: list[str], target: str) -> dict:
    words = {"features": names, "units": [UNITS.get(name, "") for name in names], "target": target}
    return {"X": X.astype("f8"), "y": y.astype("f8")} | {k: np.array(v) for k, v in words.items()}


def main() -> None:
    """Store the tables, train on them, say how well it went, store the models."""
    torch.set_num_threads(1)
    for name, table in tables().items():
        np.savez_compressed(FOLDER / f"{name}.npz", **table)
    arrays = {}
    for name in DATA:
        table = data(name)
        print(f"{name}: {len(table.train)} rows to learn, {len(table.test)} held out")
        for kind in models.KINDS:
            score = fit(table, kind)
            made = models.judged(table, kind, score)
            print(f"    {kind}: {made.quality:.4f} (a constant: {made.guess:.4f})")
            arrays |= {f"{name} {kind} {k}": v.numpy() for k, v in score._asdict().items()}
    np.savez_compressed(models.WEIGHTS, **arrays)
    print(f"{models.WEIGHTS.name}: {models.WEIGHTS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
