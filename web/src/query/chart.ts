// ECharts with what the workbench draws and no more. Tooltips are drawn on the canvas, so no text of a result ever becomes HTML.
import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { DataZoomComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use, type EChartsType } from 'echarts/core';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';
import { isNumeric, isTemporal } from '../lib/exact';
import type { Cell, ChartSpec, Column } from '../lib/types';

use([BarChart, LineChart, ScatterChart, GridComponent, LegendComponent, TooltipComponent, DataZoomComponent, CanvasRenderer, SVGRenderer]);

// Told apart by people who see few colours, on both backgrounds.
const SERIES = { light: ['#0b6773', '#c2540a', '#6a4fb3', '#2f7d32', '#b0246b', '#7a6200', '#3465a4', '#555f66'], dark: ['#56bec9', '#f2a065', '#b7a1f0', '#7fd08a', '#f08abf', '#dcc15a', '#8ab8f5', '#b4bec5'] };

export type Data = { columns: Column[]; rows: Cell[][] };

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const numberOf = (cell: Cell): number | null => (cell === null || cell === '' ? null : Number.isFinite(Number(cell)) ? Number(cell) : null);
const shortened = (value: number): string => (Math.abs(value) >= 1e4 ? new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 }).format(value) : String(value));

function optionsOf({ columns, rows }: Data, spec: ChartSpec, dark: boolean): Record<string, unknown> {
  const at = (name: string): number => columns.findIndex((column) => column.name === name);
  const x = at(spec.x);
  const xColumn = columns[x] as Column;
  const scatter = spec.kind === 'scatter';
  const flat = spec.kind === 'horizontal';
  const xNumbers = scatter && isNumeric(xColumn.type);
  const time = !flat && isTemporal(xColumn.type) && !xColumn.type.startsWith('TIME ');
  const muted = colour('--muted');
  const line = colour('--line');
  const text = colour('--text');
  const accent = colour('--accent');
  const label = (cell: Cell): string => (cell === null ? 'NULL' : String(cell));
  const category = { type: time && !['bar', 'stacked'].includes(spec.kind) ? 'time' : xNumbers ? 'value' : 'category', name: '', axisLine: { lineStyle: { color: line } }, axisTick: { lineStyle: { color: line } }, axisLabel: { color: muted, hideOverlap: true }, splitLine: { show: false } };
  const isCategory = category.type === 'category';
  const value = { type: 'value', scale: scatter || spec.kind === 'line', axisLabel: { color: muted, formatter: shortened }, splitLine: { lineStyle: { color: line } } };
  const series = spec.y.map((name) => {
    const y = at(name);
    const type = spec.kind === 'scatter' ? 'scatter' : spec.kind === 'line' || spec.kind === 'area' ? 'line' : 'bar';
    const data = rows.map((row) => (isCategory ? numberOf(row[y] ?? null) : [xNumbers ? numberOf(row[x] ?? null) : label(row[x] ?? null), numberOf(row[y] ?? null)]));
    return {
      name, type, data, ...(spec.kind === 'stacked' ? { stack: 'all' } : {}), ...(spec.kind === 'area' ? { areaStyle: { opacity: 0.18 } } : {}), ...(type === 'line' ? { showSymbol: rows.length < 40, sampling: 'lttb', lineStyle: { width: 1.8 } } : {}),
      ...(type === 'scatter' ? { symbolSize: 6, large: rows.length > 4000 } : {}), ...(type === 'bar' ? { large: rows.length > 2000, barMaxWidth: 40 } : {}),
    }; // prettier-ignore
  });
  const labelled = isCategory ? { ...category, data: rows.map((row) => label(row[x] ?? null)) } : category;
  return {
    animation: false,
    color: dark ? SERIES.dark : SERIES.light,
    textStyle: { fontFamily: colour('--sans') },
    grid: { left: 12, right: 24, top: spec.y.length > 1 ? 40 : 20, bottom: rows.length > 60 ? 58 : 16, containLabel: true },
    legend: spec.y.length > 1 ? { top: 6, textStyle: { color: text }, type: 'plain' } : { show: false },
    tooltip: { trigger: scatter ? 'item' : 'axis', renderMode: 'richText', confine: true, backgroundColor: colour('--raised'), borderColor: colour('--line-strong'), textStyle: { color: text, fontSize: 12 }, axisPointer: { lineStyle: { color: muted } } },
    dataZoom: rows.length > 60 ? [{ type: 'inside', [flat ? 'yAxisIndex' : 'xAxisIndex']: 0, zoomOnMouseWheel: 'ctrl' }, { type: 'slider', [flat ? 'yAxisIndex' : 'xAxisIndex']: 0, bottom: 10, height: 22, showDetail: false, borderColor: line, brushSelect: false, fillerColor: `${accent}22`, handleStyle: { borderColor: accent, color: colour('--panel') }, moveHandleSize: 0, dataBackground: { lineStyle: { color: muted }, areaStyle: { color: line } }, selectedDataBackground: { lineStyle: { color: accent }, areaStyle: { color: accent, opacity: 0.15 } }, ...(flat ? { right: 0, left: undefined, bottom: undefined, width: 14 } : {}) }] : [],
    xAxis: flat ? value : labelled,
    yAxis: flat ? { ...labelled, inverse: true } : value,
    series,
  };
}

/** A drawn chart; its numbers are those of the table beside it. */
export class Chart {
  readonly #chart: EChartsType;
  readonly #watch: ResizeObserver;
  #drawn: { data: Data; spec: ChartSpec; dark: boolean } | null = null;

  constructor(host: HTMLElement) {
    this.#chart = init(host, null, { renderer: 'canvas' });
    this.#watch = new ResizeObserver(() => this.#chart.resize());
    this.#watch.observe(host);
  }

  draw(data: Data, spec: ChartSpec, dark: boolean): void {
    this.#drawn = { data, spec, dark };
    this.#chart.setOption(optionsOf(data, spec, dark), { notMerge: true });
  }

  async png(): Promise<Blob> {
    const url = this.#chart.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: colour('--panel') });
    const bytes = Uint8Array.from(atob(url.slice(url.indexOf(',') + 1)), (c) => c.charCodeAt(0));
    return new Blob([bytes], { type: 'image/png' });
  }

  svg(): string {
    if (!this.#drawn) return '';
    const { data, spec, dark } = this.#drawn;
    const chart = init(null, null, { renderer: 'svg', ssr: true, width: this.#chart.getWidth(), height: this.#chart.getHeight() });
    chart.setOption({ ...optionsOf(data, spec, dark), backgroundColor: colour('--panel') });
    const text = chart.renderToSVGString();
    chart.dispose();
    return text;
  }

  dispose(): void {
    this.#watch.disconnect();
    this.#chart.dispose();
  }
}
