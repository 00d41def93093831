/** Labels of a sample. */
export type Labels = Record<string, string>;

/** One sample; `metricName` where that is not its family's. */
export interface Sample {
  labels: Labels;
  value: number;
  metricName?: string;
}

/** The samples of one histogram from what each bucket has counted for itself. */
export function histogram(
  name: string,
  labels: Labels,
  limits: number[],
  counts: number[],
  sum: number,
): Sample[] {
  let total = 0;
  const buckets = counts.map((count, index): Sample => {
    total += count;
    const le = index < limits.length ? String(limits[index]) : "+Inf";
    return {
      metricName: `${name}_bucket`,
      labels: { ...labels, le },
      value: total,
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
