/** Points as rows of one array. The first `numeric` columns are numbers, the rest categories, which are equal or not. */
export interface Points {
  readonly rows: Float64Array
  readonly count: number
  readonly columns: number
  readonly numeric: number
}
