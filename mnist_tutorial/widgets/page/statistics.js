// Shares and their 95 % intervals, as metrics.py reckons them.

const Z = 1.959963984540054; // of the normal distribution, for 95 %

// A share, and the ends of its Wilson interval.
function wilsonInterval(correct, total) {
  const share = correct / total, square = Z ** 2;
  const centre = (share + square / (2 * total)) / (1 + square / total);
  const spread = Math.sqrt((share * (1 - share)) / total + square / (4 * total ** 2));
  const half = (Z * spread) / (1 + square / total);
  return [share, Math.max(0, Math.min(share, centre - half)),
    Math.min(1, Math.max(share, centre + half))];
}

// The change in accuracy on the same images, and the ends of its interval.
function pairedDifference(lost, gained, total) {
  const n = total + 2, up = gained + 0.5, down = lost + 0.5, middle = (up - down) / n;
  const half = (Z * Math.sqrt((up + down) / n - middle ** 2)) / Math.sqrt(n);
  return [(gained - lost) / total, Math.max(-1, middle - half), Math.min(1, middle + half)];
}

// Two networks compared by which images each reads right; see interpret.switched.
/**
 * @param {boolean[]} before
 * @param {boolean[]} after
 */
export function switched(before, after) {
  const total = before.length, count = (flags) => flags.filter(Boolean).length;
  const lost = count(before.map((right, k) => right && !after[k]));
  const gained = count(before.map((right, k) => !right && after[k]));
  return { before: wilsonInterval(count(before), total),
    after: wilsonInterval(count(after), total),
    difference: pairedDifference(lost, gained, total), lost, gained, total };
}
