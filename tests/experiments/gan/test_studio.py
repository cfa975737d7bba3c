"""The live training: bookkeeping, the same run again, parity with the engine; no mode count."""

import pickle

import numpy as np
import pytest
import torch

from core import sheets
from core.experiments.gan import studio as module
from core.experiments.gan import studio_claims as claims
from core.gan import coverage, imitate, judge, modes, sample, train
from core.gan.distances import jsd, mmd, sliced_w1
from core.gan.film import missing, noise_grid, output
from core.plane import BLANK
from core.rng import generator
from pages.experiments.gan.studio import EXPERIMENT as STUDIO

SHORT = {"steps": 80}


def snapshots(**values):
    return list(module.studio(**SHORT | values))


@pytest.fixture(scope="module")
def run():
    return snapshots()


@pytest.fixture(scope="module")
def engine():
    return list(train("ring", "non_saturating", 80, 0, every=2, betas=(0.5, 0.999)))


def test_the_frames_are_the_snapshots_of_the_engine(run, engine):
    assert len(run) == len(engine) == 41
    assert [each.step for each in engine] == module.moments(80, "none")
    last = run[-1].main
    for k in (0, 7, 40):
        theta, fakes = engine[k].discriminator, engine[k].fakes[:256]
        torch.testing.assert_close(last.fakes[k].double(), fakes)
        torch.testing.assert_close(last.output[k], judge(theta, fakes).double().mean())
        grid = imitate(engine[k].generator, noise_grid(2))
        torch.testing.assert_close(run[-1].warped[k].float(), grid, rtol=2e-3, atol=2e-3)
    assert torch.equal(last.theta, engine[-1].discriminator)


def test_a_cell_of_the_field_is_d_in_its_middle(run, engine):
    for row, column in ((0, 0), (5, 20), (23, 1)):
        place = torch.tensor([[-2.875 + 0.25 * column, -2.875 + 0.25 * row]])
        exact = judge(engine[40].discriminator, place).double()
        found = run[-1].main.field[40, row, column].double()
        assert float(found) == pytest.approx(float(exact), rel=1e-3, abs=1e-3)


def test_distances_and_counts_are_those_of_the_fakes(run, engine):
    z = torch.randn(2000, 2, generator=generator(5))
    fakes = imitate(engine[40].generator, z).double()
    real, other = (sample("ring", 2000, generator=generator(n)) for n in (2, 3))
    expected = jsd(fakes, real), sliced_w1(fakes, real), mmd(fakes[:500], real[:500])
    assert run[-1].main.distances[40, 0].tolist() == pytest.approx(expected, rel=1e-9)
    assert float(run[-1].floor[1]) == pytest.approx(sliced_w1(real, other), rel=1e-6)
    found = coverage(fakes, modes("ring"))
    assert torch.equal(run[-1].main.counts[40], found.counts)
    assert float(run[-1].main.on_mode[40]) == found.on_mode
    assert int(run[-1].main.covered[40, 0]) == int(found.covered.sum())


def test_the_losses_at_the_start_are_those_of_the_plain_formula(run, engine):
    theta, shown = engine[0].discriminator, run[-1].data
    real, fake = (judge(theta, x).sigmoid() for x in (shown, engine[0].fakes[:256]))
    d = -(real.log().mean() + (1 - fake).log().mean())
    expected, p = (float(d), float(-fake.log().mean())), float(fake.mean())
    assert run[-1].main.losses[0].tolist() == pytest.approx(expected, rel=1e-5)
    assert run[-1].main.push[0].tolist() == pytest.approx([p, 1 - p], rel=1e-5)


def test_the_same_settings_give_the_same_run_and_another_seed_another(run):
    again, other = snapshots()[-1], snapshots(seed=1)[-1]
    assert torch.equal(run[-1].main.fakes, again.main.fakes)
    assert torch.equal(run[-1].main.distances, again.main.distances)
    assert not torch.equal(run[-1].main.fakes, other.main.fakes)


def test_a_rival_starts_from_the_same_weights_and_leaves_the_first_alone(run):
    both = snapshots(rival="saturating")[-1]
    assert torch.equal(both.main.fakes[0], both.rival.fakes[0])
    assert torch.equal(both.main.fakes[-1], run[-1].main.fakes[-1])  # at the same step
    assert not torch.equal(both.main.fakes[-1], both.rival.fakes[-1])
    alone = snapshots(loss="saturating")[-1]
    assert torch.equal(both.rival.fakes[-1], alone.main.fakes[-1])
    assert len(both.main.fakes) == 21


def test_several_seeds_are_the_trainings_of_those_seeds(run):
    three = snapshots(steps=6, seeds="3")[-1].main
    assert three.distances.shape == (7, 3, 3) and three.covered.shape == (7, 3)
    z = torch.randn(2000, 2, generator=generator(5))
    real = sample("ring", 2000, generator=generator(2))
    *_, last = train("ring", steps=6, seed=2, every=6, betas=(0.5, 0.999))
    w1 = sliced_w1(imitate(last.generator, z).double(), real)
    assert float(three.distances[6, 2, 1]) == pytest.approx(w1, rel=1e-6)


@pytest.mark.parametrize("who", ["D", "G"])
def test_one_player_goes_on_alone(run, who):
    alone = snapshots(alone=who, alone_from=40)[-1]
    assert torch.equal(alone.main.fakes[:21], run[-1].main.fakes[:21])
    stays = alone.main.fakes if who == "D" else alone.main.field
    moves = alone.main.field if who == "D" else alone.main.fakes
    assert torch.equal(stays[20], stays[40]) and not torch.equal(moves[20], moves[40])
    said = STUDIO.says(alone, **STUDIO.defaults() | SHORT | {"alone": who, "alone_from": 40})
    assert said.startswith(f"After 80 steps, the last 40 by {who} alone:")


def test_every_snapshot_can_be_drawn_and_is_small(run):
    values = STUDIO.defaults() | SHORT
    shares = [each.progress for each in run]
    assert shares == sorted(shares) and (shares[0], shares[-1]) == (0.0, 1.0)
    for each in run[:: len(run) // 4]:
        assert len(pickle.dumps(each)) < 220_000
        picture = STUDIO.figure(each, **values)
        assert picture.frames == (41 if each.progress == 1 else 0)
        assert "step" in picture.panels[0].title and STUDIO.says(each, **values)
        assert bool(STUDIO.checks(each, **values)) == (each.progress == 1)


@pytest.mark.parametrize(
    "values",
    [
        {"data": "moons", "z_dim": 1, "loss": "wasserstein"},
        {"data": "grid", "rival": "least_squares", "background": "best", "measure": "covered"},
        {"data": "spiral", "z_dim": 5, "background": "none", "measure": "mmd", "seeds": "3"},
        {"data": "drawn", "loss": "saturating", "measure": "losses"},
        {"lr_g": 1e-2, "lr_d": 1e-2, "r1": 10.0, "alone": "G", "alone_from": 0},
    ],
)
def test_checks_hold_and_every_panel_is_finite(values):
    values = STUDIO.defaults() | {"steps": 30, "frame": 17} | values
    *_, result = STUDIO.compute(**STUDIO.inputs(values))
    assert all(c.holds or not c.applies for c in STUDIO.checks(result, **values))
    for panel in STUDIO.figure(result, **values).panels:
        for trace in panel.traces:
            assert not np.isinf(trace.get("z", trace.get("x"))).any()


def test_the_best_d_is_bright_where_only_the_data_are(run):
    values = STUDIO.defaults() | SHORT | {"background": "best", "frame": 0}
    field = STUDIO.figure(run[-1], **values).panels[0].traces[0]["z"]
    # at the mode (2, 0), and undecided in a corner where neither lives
    assert field[12, 19] > 0.6 and abs(field[0, 0] - 0.5) < 1e-3


def test_a_forged_training_is_noticed(run):
    values = STUDIO.defaults() | SHORT
    assert all(c.holds and c.applies for c in STUDIO.checks(run[-1], **values))
    main = run[-1].main
    for forged in (
        main._replace(fakes=-main.fakes),
        main._replace(field=-main.field),
        main._replace(theta=main.theta.roll(1)),
        main._replace(push=main.push.flip(1)),
        main._replace(distances=main.distances.flip(2)),
        main._replace(counts=main.counts + 1),
    ):
        assert not all(c.holds for c in STUDIO.checks(run[-1]._replace(main=forged), **values))
    for wrong in ({"seed": 1}, {"z_dim": 3}, {"data": "grid"}):
        assert not all(c.holds or not c.applies for c in STUDIO.checks(run[-1], **values | wrong))


def test_a_forged_rival_and_the_distance_of_a_forged_start_are_noticed():
    values = STUDIO.defaults() | SHORT | {"rival": "wasserstein", "seeds": "3"}
    *_, both = STUDIO.compute(**STUDIO.inputs(values))
    assert all(c.holds for c in STUDIO.checks(both, **values))
    rival = both.rival
    for name in ("fakes", "field", "theta", "losses", "output", "push", "distances", "on_mode"):
        forged = rival._replace(**{name: 1.07 * getattr(rival, name)})
        assert not all(c.holds for c in STUDIO.checks(both._replace(rival=forged), **values)), name
    for name in ("floor", "data", "warped"):
        forged = both._replace(**{name: 1.07 * getattr(both, name)})
        assert not all(c.holds for c in STUDIO.checks(forged, **values)), name


def test_lost_modes_are_named_with_the_step_since_when(run):
    counts = torch.zeros(41, 8, dtype=torch.long) + 100
    counts[30:, 2], counts[:, 5], counts[10:20, 7] = 40, 0, 0
    main = run[-1].main._replace(counts=counts)
    assert missing(main) == [(2, 30), (5, -1)]
    said = STUDIO.says(run[-1]._replace(main=main), **STUDIO.defaults() | SHORT)
    assert "6 of 8 modes" in said
    assert "Lost: 90° since step 60." in said and "Never reached: 225°." in said


def test_d_is_called_sure_by_its_mean_logit(run):
    for mean, words in ((-4.2, "D is sure: mean logit −4.2"), (0.1, "not sure"), (5.0, "fooled")):
        main = run[-1].main._replace(output=torch.full((41,), mean))
        assert words in STUDIO.says(run[-1]._replace(main=main), **STUDIO.defaults() | SHORT)


def test_the_loss_of_g_is_told_apart_from_its_success(run):
    rising = torch.linspace(1, 2, 41, dtype=torch.float64)[:, None].expand(41, 2)
    for losses, key in ((rising, "rises"), (rising.flip(0), "falls"), (0 * rising + 1, "stays")):
        told, facts = claims.answers["losses"](run[-1]._replace(
            main=run[-1].main._replace(losses=losses)))  # fmt: skip
        assert told == key and facts["early"] == pytest.approx(float(losses[1:11, 1].mean()))


def test_bad_data_are_refused_in_words():
    with pytest.raises(ValueError, match="expected drawing to have at least 10 cells, got 0"):
        next(module.studio(data="drawn", drawing=BLANK))
    three = sheets.add(b"a,b,c\n" + b"1,2,3\n" * 20)
    with pytest.raises(ValueError, match="expected a table of two columns of numbers, got 3"):
        next(module.studio(data=three))
    short = sheets.add(b"a,b\n" + b"1,2\n" * 9)
    with pytest.raises(ValueError, match="expected 10 to 2000 rows of points, got 9"):
        next(module.studio(data=short))
    with pytest.raises(ValueError, match=r"expected d_steps a whole number in \[1, 5\], got 9"):
        module.studio(d_steps=9)


def test_a_table_of_two_columns_is_learned():
    rows = "\n".join(f"{i % 7},{(i * i) % 11}" for i in range(60))
    values = STUDIO.defaults() | {"steps": 20, "data": sheets.add(f"u,v\n{rows}\n".encode())}
    *_, result = STUDIO.compute(**STUDIO.inputs(values))
    assert all(c.holds or not c.applies for c in STUDIO.checks(result, **values))
    assert result.data.abs().max() == 2
    assert output(result.main.theta, result.data).isfinite().all()
