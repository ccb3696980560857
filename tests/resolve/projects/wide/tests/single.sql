{{ config(severity="error", group="alpha", limit=5, tags=["st"], store_failures_as='view', meta={'x': 1}) }}
select * from {{ ref('d') }} join {{ source('raw', 'events') }} using (id)
