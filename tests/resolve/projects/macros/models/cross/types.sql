select
    null::{{ dbt.type_string() }} as a, null::{{ dbt.type_int() }} as b, null::{{ dbt.type_bigint() }} as c,
    null::{{ dbt.type_float() }} as d, null::{{ dbt.type_numeric() }} as e, null::{{ dbt.type_boolean() }} as f,
    null::{{ dbt.type_timestamp() }} as g, null::{{ api.Column.translate_type('string') }} as h,
    {{ dbt.current_timestamp() }} as i, {{ current_timestamp_backcompat() }} as j, {{ dbt.equals('id', '1') }} as k,
    null::{{ api.Column.numeric_type('decimal', 10, 2) }} as l, null::{{ api.Column.string_type(10) }} as m
from {{ ref('base') }}
