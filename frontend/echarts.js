/*! Apache ECharts, https://echarts.apache.org/, Copyright The Apache Software Foundation.
 *  Licensed under the Apache License, Version 2.0, https://www.apache.org/licenses/LICENSE-2.0;
 *  it holds zrender, Copyright Baidu Inc., under the BSD 3-Clause License. */

// The parts of ECharts that the pages use, as one file: a third of the whole library.
import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import {
  DataZoomInsideComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart,
  DataZoomInsideComponent,
  GridComponent,
  HeatmapChart,
  LineChart,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  CanvasRenderer,
  TooltipComponent,
  VisualMapComponent,
]);

export { init };
