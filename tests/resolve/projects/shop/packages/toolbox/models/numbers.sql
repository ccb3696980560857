select {{ var('factor') }} as factor, {{ toolbox.scaled('1') }} as scaled
