// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "@openzeppelin/contracts/proxy/Clones.sol";
import "./Trade.sol";

/// Makes trades, and announces each after it has been opened and, where money came with the call, funded.
contract TradeFactory {
    event TradeCreated(bytes32 indexed key, address trade);

    address private immutable _trade = address(new Trade());

    function create(bytes32 key, address payable buyer, uint256 amount) external payable {
        Trade trade = Trade(Clones.clone(_trade));
        trade.initialize(payable(msg.sender), buyer, amount);
        if (msg.value > 0) trade.fund{value: msg.value}();
        emit TradeCreated(key, address(trade));
    }
}
