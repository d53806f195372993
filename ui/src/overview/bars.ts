import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  LinearScale,
  Tooltip,
  type ChartConfiguration,
} from "chart.js";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

export type Bars = {
  labels: (string | string[])[];
  series: { name: string; values: (number | null)[] }[];
  percent: (value: number) => string;
};

/** Colours come from the tokens in force, so the chart follows the theme. */
function config({ labels, series, percent }: Bars): ChartConfiguration<"bar", (number | null)[]> {
  const style = getComputedStyle(document.documentElement);
  const probe = document.createElement("span");
  document.body.append(probe);
  const token = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const ink = token("--ink-3");
  const line = token("--line");
  const card = token("--raised");
  const text = token("--ink");
  const colours = [1, 2, 3, 4, 5, 6].map((index) => token(`--c${index}`));
  probe.remove();
  const font = { family: style.getPropertyValue("--font"), size: 11 };
  return {
    type: "bar",
    data: {
      labels,
      datasets: series.map((each, index) => ({
        label: each.name,
        data: each.values,
        backgroundColor: colours[index % colours.length] ?? ink,
        borderRadius: 2,
        maxBarThickness: 9,
        categoryPercentage: 0.72,
        barPercentage: 0.86,
      })),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { grid: { display: false }, border: { color: line }, ticks: { color: ink, font, maxRotation: 0 } },
        y: {
          beginAtZero: true,
          grid: { color: line },
          border: { display: false },
          ticks: { color: ink, font, maxTicksLimit: 5, callback: (value) => percent(Number(value)) },
        },
      },
      plugins: {
        tooltip: {
          backgroundColor: card,
          titleColor: text,
          bodyColor: text,
          borderColor: line,
          borderWidth: 1,
          padding: 10,
          cornerRadius: 8,
          titleFont: { ...font, size: 12 },
          bodyFont: { ...font, size: 12 },
          boxWidth: 8,
          boxHeight: 8,
          boxPadding: 4,
          callbacks: { label: ({ dataset, parsed }) => ` ${dataset.label ?? ""}  ${percent(parsed.y ?? 0)}` },
        },
      },
    },
  };
}
export function draw(canvas: HTMLCanvasElement, bars: Bars): () => void {
  const chart = new Chart(canvas, config(bars));
  return () => chart.destroy();
}
