;; Turns the text that the wasm of the default entry travels as, see xtask/src/text.rs, back
;; into it: a loop over each character that JavaScript, which has only just been read and is
;; interpreted, would take some milliseconds for.
(module
  ;; One page for what is less than a page of text, one for the table behind it; `index.js` adds
  ;; those of whole pages.
  (memory (export "memory") 2)

  ;; The text stands from 0 to $end; returns where the bytes end that take its place.
  (func (export "decode") (param $end i32) (result i32)
    (local $byte i32) (local $code i32) (local $short i32) (local $long i32)
    (local $from i32) (local $to i32)

    ;; The bytes by their codes, from $end on: those of one character, then those of two.
    (local.set $long (i32.const 90))
    (loop $each_byte
      (i32.store8
        (i32.add
          (local.get $end)
          (if (result i32)
            (i32.and
              (i32.shr_u
                (i32.sub
                  (i32.load8_u (i32.div_u (local.get $byte) (i32.const 6)))
                  (i32.const 35))
                (i32.rem_u (local.get $byte) (i32.const 6)))
              (i32.const 1))
            (then
              (local.get $short)
              (local.set $short (i32.add (local.get $short) (i32.const 1))))
            (else
              (local.get $long)
              (local.set $long (i32.add (local.get $long) (i32.const 1))))))
        (local.get $byte))
      (br_if $each_byte
        (i32.lt_u
          (local.tee $byte (i32.add (local.get $byte) (i32.const 1)))
          (i32.const 256))))

    ;; 256 bytes by six are 43 characters.
    (local.set $from (i32.const 43))
    (loop $each_code
      (local.set $code (i32.sub (i32.load8_u (local.get $from)) (i32.const 37)))
      (if (i32.lt_s (local.get $code) (i32.const 0))
        (then
          ;; -2 or -1: the first of two.
          (local.set $from (i32.add (local.get $from) (i32.const 1)))
          (local.set $code
            (i32.add
              (i32.mul (local.get $code) (i32.const 92))
              (i32.add (i32.load8_u (local.get $from)) (i32.const 239))))))
      (i32.store8 (local.get $to)
        (i32.load8_u (i32.add (local.get $end) (local.get $code))))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (br_if $each_code
        (i32.lt_u
          (local.tee $from (i32.add (local.get $from) (i32.const 1)))
          (local.get $end))))
    (local.get $to)))
