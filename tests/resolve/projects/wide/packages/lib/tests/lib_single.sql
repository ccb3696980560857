select * from {{ ref('lib_table') }} where size is null
