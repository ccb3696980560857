{{ config(materialized='view') }}

-- One row a trip, straight from the files: always fresh, nothing stored.

{{ trips(source('raw', 'yellow_trips')) }}
